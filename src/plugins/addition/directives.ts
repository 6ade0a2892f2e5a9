import { directive, mimeTypes } from 'gateway/plugin'

const scopes = ['http', 'server', 'location'] as const

export const directives = {
  add_before_body: uri(
    'The URI inside the server whose answer stands before the body of a response; "" for none.',
  ),
  add_after_body: uri(
    'The URI inside the server whose answer stands behind the body of a response; "" for none.',
  ),
  addition_types: mimeTypes(['text/html'], {
    in: scopes,
    doc: 'MIME types that something is added to besides text/html; * stands for all.',
  }),
}

function uri(doc: string) {
  return directive({
    in: scopes,
    default: '',
    doc,
    usage: 'uri',
    min: 1,
    max: 1,
    read: (entry) => {
      const [word = ''] = entry.args
      return word === '' || word.startsWith('/') ? word : entry.fail(`"${word}" is not a URI`)
    },
  })
}
