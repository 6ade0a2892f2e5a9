/** The global variable in which a bundle leaves the exports of its module. */
export const SCRIPT_GLOBAL = '__script'
