export { cut, wellFormed } from './text.ts';
