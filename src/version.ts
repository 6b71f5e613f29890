/** Set by scripts/build.mjs, from package.json and from the checkout. */
declare const PACKAGE_VERSION: string;
declare const SOURCE_COMMIT: string;

export const version: string = typeof PACKAGE_VERSION === 'string' ? PACKAGE_VERSION : 'development';

/** The commit that it was built from; undefined where that is not known. */
export const commit: string | undefined = (typeof SOURCE_COMMIT === 'string' && SOURCE_COMMIT) || undefined;
