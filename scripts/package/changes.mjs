/**
 * What CHANGELOG.md says of a version, as the entries of a Debian changelog: a line `  * TEXT` each, the lines after it
 * indented. Of a version that has no section yet it is what stands under "Unreleased".
 * @param {string} changelog @param {string} version
 */
export function changesOf(changelog, version) {
  const sections = new Map(
    changelog
      .split(/^## /m)
      .slice(1)
      .map((section) => [/^\[?([\w.]+)/.exec(section)?.[1], section]),
  );
  const section = sections.get(version) ?? sections.get('Unreleased');
  const entries = section?.match(/^- .*(?:\n {2}.*)*/gm);
  if (!entries) throw new Error(`CHANGELOG.md has no entries for ${version}, nor under "Unreleased"`);
  return entries.map((entry) => `  * ${entry.slice(2).replaceAll('\n', '\n  ')}\n`).join('');
}
