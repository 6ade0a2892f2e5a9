import type { Anchors } from './anchors.ts'
import type { Image } from './image.ts'

/** Source that has been evaluated: the state every run of it begins with. */
export interface Script {
  readonly name: string
  readonly image: Image
  readonly anchors: Anchors
  /** What it has burnt while it was loaded. */
  readonly fuel: number
}
