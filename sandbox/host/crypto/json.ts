/** What JSON can hold. */
export type Json = null | boolean | number | string | Json[] | JsonObject

/** An object of JSON. */
export interface JsonObject {
  [name: string]: Json
}
