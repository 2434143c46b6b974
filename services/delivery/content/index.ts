export { anywhere } from './anywhere.ts';
export { checkContent } from './check-content.ts';
export type { Templates } from './content.types.ts';
export { loadTemplates } from './load.ts';
export { render } from './render.ts';
export { TemplateError } from './template-error.ts';
