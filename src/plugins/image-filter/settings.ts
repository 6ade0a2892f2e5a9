import type { ConfigOf, Exchange } from 'gateway/plugin'
import type { Amount, directives, Task } from './directives.ts'
import type { Angle, Wanted } from './layout.ts'
import type { Output } from './transform.ts'

/** What the filter asks of its directives, in the form it asks for it. */
export interface ImageSettings {
  readonly task: Exclude<Task['kind'], 'off'>
  /** Bytes an image may have. */
  readonly most: number
  /** Undefined where a variable does not hold what it should. */
  readonly wanted: (x: Exchange) => Wanted | undefined
  readonly output: (x: Exchange) => Output | undefined
}

export function settle(config: ConfigOf<typeof directives>): ImageSettings | undefined {
  const { image_filter: task } = config
  if (task.kind === 'off') return undefined
  return {
    task: task.kind,
    most: config.image_filter_buffer,
    wanted: (x) => wantedOf(x, task),
    output: (x) => outputOf(x, config),
  }
}

const UNBOUND = { width: Number.POSITIVE_INFINITY, height: Number.POSITIVE_INFINITY }

function wantedOf(x: Exchange, task: Task): Wanted | undefined {
  switch (task.kind) {
    case 'rotate': {
      const angle = task.angle(x) as Angle
      return angle === 0 ? undefined : { kind: 'rotate', bounds: UNBOUND, angle }
    }
    case 'resize':
    case 'crop': {
      const bounds = { width: task.width(x), height: task.height(x) }
      if (bounds.width === 0 || bounds.height === 0) return undefined
      return { kind: task.kind, bounds, angle: angleOf(x, task.angle) }
    }
    default:
      return undefined
  }
}

function angleOf(x: Exchange, angle: Amount | undefined): Angle {
  return (angle?.(x) ?? 0) as Angle
}

/** The library takes no more of both; nginx's neither. */
const BEST_QUALITY = 100
const MOST_SHARPENING = 10_000

function outputOf(x: Exchange, config: ConfigOf<typeof directives>): Output | undefined {
  const jpegQuality = Math.min(config.image_filter_jpeg_quality(x), BEST_QUALITY)
  const webpQuality = Math.min(config.image_filter_webp_quality(x), BEST_QUALITY)
  if (jpegQuality === 0 || webpQuality === 0) return undefined
  return {
    jpegQuality,
    webpQuality,
    sharpen: Math.min(config.image_filter_sharpen(x), MOST_SHARPENING),
    interlace: config.image_filter_interlace,
    transparency: config.image_filter_transparency,
  }
}
