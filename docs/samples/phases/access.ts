import { definePlugin, text } from 'gateway/plugin'

/** Lets in who knows the word. With `satisfy any` others are asked, too. */
export default definePlugin({
  name: 'word',
  directives: { word: text({ in: ['location'], default: '', doc: 'The word.' }) },
  access: (x, { word }) => (x.headers.get('x-word') === word ? 'pass' : 403),
})
