import { definePlugin, directive, flag, size } from 'gateway/plugin'
import { type Serving, serve } from './serve.ts'

const scopes = ['http', 'server', 'location'] as const

/** Lets players begin and end anywhere in movies. */
export default definePlugin({
  name: 'mp4',
  doc: 'Sends the part of a movie (MP4, M4V, M4A) between two times, as a movie of its own.',
  transient: true,
  directives: {
    mp4: directive({
      in: ['location'],
      default: false,
      doc: 'Sends of movies what is between the times that the arguments start and end name in seconds, as a movie of its own; one whose index stands behind its data gets it to the front.',
      usage: '',
      min: 0,
      max: 1,
      kind: 'flag',
      inherits: 'never',
      read: (entry) => entry.args[0] !== 'off',
    }),
    mp4_buffer_size: size({
      in: scopes,
      default: 512 * 1024,
      doc: 'How large the index (moov) of a movie may be in any case.',
    }),
    mp4_max_buffer_size: size({
      in: scopes,
      default: 10 * 1024 * 1024,
      doc: 'How large the index (moov) of a movie may be, which is read into memory to be cut; beyond that the answer is 500.',
    }),
    mp4_start_key_frame: flag({
      in: scopes,
      default: false,
      doc: 'Whether a part begins with the key frame before its start, with an edit list that has players leave out what is between.',
    }),
  },
  prepare: (config): Serving | undefined =>
    config.mp4
      ? {
          mostIndex: Math.max(config.mp4_buffer_size, config.mp4_max_buffer_size),
          startsAt: config.mp4_start_key_frame ? 'key frame' : 'anywhere',
        }
      : undefined,
  content: serve,
})
