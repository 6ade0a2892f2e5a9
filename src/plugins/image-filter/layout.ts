import type { Size } from './dimensions.ts'

/** Counter-clockwise, in degrees. */
export type Angle = 0 | 90 | 180 | 270

/** What is wanted of an image; a bound of Infinity leaves that side alone. */
export interface Wanted {
  readonly kind: 'rotate' | 'resize' | 'crop'
  readonly bounds: Size
  readonly angle: Angle
}

/** What becomes of an image: turned, then made this large, then cut. */
export interface Layout extends Size {
  readonly angle: Angle
  readonly cut: (Size & { readonly left: number; readonly top: number }) | undefined
}

/** Lays an image out as nginx does, which reduces it before it is turned and cuts it afterwards. */
export function layoutOf(source: Size, { kind, bounds, angle }: Wanted): Layout {
  const reduced = kind === 'rotate' ? source : REDUCE[kind](source, bounds)
  const turned = angle % 180 === 0 ? reduced : { width: reduced.height, height: reduced.width }
  return { ...turned, angle, cut: kind === 'crop' ? cutOf(turned, bounds) : undefined }
}

/** Whether an image is within bounds, so that nothing need be done. */
export function fits(source: Size, bounds: Size): boolean {
  return source.width <= bounds.width && source.height <= bounds.height
}

const REDUCE = {
  resize: (source: Size, bounds: Size) => toHeight(toWidth(source, bounds), bounds),
  // The side that is the larger one beside its bound is left to be cut.
  crop: (source: Size, bounds: Size) =>
    source.width / source.height < bounds.width / bounds.height
      ? toWidth(source, bounds)
      : toHeight(source, bounds),
}

function toWidth(size: Size, { width }: Size): Size {
  if (size.width <= width) return size
  return { width, height: scaled(size.height, width, size.width) }
}

function toHeight(size: Size, { height }: Size): Size {
  if (size.height <= height) return size
  return { width: scaled(size.width, height, size.height), height }
}

function scaled(side: number, by: number, of: number): number {
  return Math.max(1, Math.floor((side * by) / of))
}

function cutOf(size: Size, bounds: Size): Layout['cut'] {
  if (fits(size, bounds)) return undefined
  const width = Math.min(size.width, bounds.width)
  const height = Math.min(size.height, bounds.height)
  return {
    width,
    height,
    left: Math.floor((size.width - width) / 2),
    top: Math.floor((size.height - height) / 2),
  }
}
