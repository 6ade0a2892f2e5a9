/** The largest configuration file, in bytes. */
export const MAX_FILE_BYTES = 16 * 2 ** 20

/** How deep includes may nest. */
export const MAX_INCLUDE_DEPTH = 32

/** How deep values of one file may nest. */
export const MAX_NESTING = 100

/** Keys and values of a whole configuration, each include counted as often as it is included. */
export const MAX_NODES = 2_000_000

/** Keys and values of one file that come from YAML aliases. */
export const MAX_ALIAS_NODES = 50_000

/** A parameter of an nginx.conf is shorter, in bytes; nginx's buffer for one. */
export const MAX_PARAMETER_BYTES = 4096

/** Files of one configuration. */
export const MAX_FILES = 10_000
