/** Fetch (192–223). */
export const FetchOp = {
  /** (head, bytes | 'stream' | undefined, fetcher) → the fetch's number; nothing is sent yet. */
  open: 192,
  /** (fetch) → later, the head of the answer. */
  send: 193,
  /** (fetch, bytes | undefined) → later undefined, once taken; undefined ends the body. */
  write: 194,
  /** (fetch) → later, a chunk of the answer; undefined at the end. */
  read: 195,
  /** (fetch): it and its answer are not wanted any more. */
  abort: 196,
} as const
