import { Place } from './place.ts'
import type { Run } from './run.ts'
import type { Slot } from './slot.ts'

/** The places of a pool, and who gets which. */
export class Places {
  readonly #size: number
  readonly #makeSlot: () => Slot
  readonly #swappedOut: (run: Run) => void
  readonly #places: Place[] = []

  /** `swappedOut` is told whose state had to leave its slot. */
  constructor(size: number, makeSlot: () => Slot, swappedOut: (run: Run) => void) {
    this.#size = size
    this.#makeSlot = makeSlot
    this.#swappedOut = swappedOut
  }

  /** A place with the run's state in it; none where all are in the middle of a turn. */
  for(run: Run): Place | undefined {
    const place =
      this.#places.find((each) => each.isFree && each.holds(run)) ??
      oldest(this.#places.filter((each) => each.isFree)) ??
      this.#newPlace() ??
      this.#emptiedPlace()
    place?.prepare(run)
    return place
  }

  clear(): void {
    this.#places.length = 0
  }

  #newPlace(): Place | undefined {
    if (this.#places.length >= this.#size) return undefined
    const place = new Place(this.#makeSlot())
    this.#places.push(place)
    return place
  }

  #emptiedPlace(): Place | undefined {
    const place = oldest(this.#places.filter((each) => !each.busy))
    const run = place?.swapOut()
    if (run) this.#swappedOut(run)
    return place
  }
}

function oldest(places: readonly Place[]): Place | undefined {
  return places.reduce<Place | undefined>((best, each) => {
    return best && best.used <= each.used ? best : each
  }, undefined)
}
