/** Where in the lines of a parsed URL its pieces stand. None of them can hold a line feed. */
export const PIECE = {
  href: 0,
  origin: 1,
  protocol: 2,
  username: 3,
  password: 4,
  host: 5,
  hostname: 6,
  port: 7,
  pathname: 8,
  search: 9,
  hash: 10,
} as const

/** A piece of a URL. */
export type Piece = keyof typeof PIECE
