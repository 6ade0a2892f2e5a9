import type { Compiled } from '../compile.ts'
import { explain } from './explain.ts'
import { type Paint, printExplanation } from './print.ts'
import { type QuestionWords, readQuestion } from './question.ts'

export interface ExplainOptions {
  readonly question?: QuestionWords
  readonly form?: 'text' | 'json'
}

/** What a configuration does with a request, for people or as JSON. Throws `QuestionError`. */
export function explainText(
  compiled: Compiled,
  { question, form }: ExplainOptions,
  paint: Paint,
): string {
  if (!question) throw new Error('there is no question')
  const told = explain(compiled, readQuestion(question))
  if (form === 'json') return JSON.stringify(told, undefined, 2)
  return printExplanation(told, process.cwd(), paint)
}
