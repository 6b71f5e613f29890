/**
 * This host's delay within the splay: the same host always gets the same one, and a fleet's delays are spread
 * evenly over [0, splayMs). Deterministic so that a crash or a reboot does not draw again.
 *
 * @param identity instance id, or whatever else names this host
 * @param splayMs length of the window in milliseconds; 0 gives 0
 */
export function splayDelay(identity: string, splayMs: number): number {
  return Math.floor((hash32(identity) / 2 ** 32) * splayMs);
}

/** FNV-1a with murmur3's finaliser: FNV alone leaves ids that differ in the last character close together. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
