/** Set by scripts/build.mjs from package.json. */
declare const PACKAGE_VERSION: string;

export const version: string = typeof PACKAGE_VERSION === 'string' ? PACKAGE_VERSION : 'development';
