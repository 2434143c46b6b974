export { checkContent } from './check-content.ts';
export { checkTemplates } from './check-plays.ts';
export type { Templates } from './content.types.ts';
export { loadTemplates, templatesBeside } from './load.ts';
export { render } from './render.ts';
export { TemplateError } from './template-error.ts';
