export { parseAddress, type Address, type AddressProblem, type NoAddress } from './address.ts';
export { cut, wellFormed } from './text.ts';
