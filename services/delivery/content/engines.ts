import { htmlEngine, textEngine } from './engine.ts';

export const html = htmlEngine();
export const text = textEngine();
