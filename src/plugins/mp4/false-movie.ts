/** What a file says that cannot be; its request ends with 500. */
export class FalseMovie extends Error {}

/** `text` is a fragment for the error log, such as "no mp4 trak atoms were found". */
export function falseMovie(text: string): FalseMovie {
  return new FalseMovie(text)
}
