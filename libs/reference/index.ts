export { asyncApi } from './asyncapi.ts';
export { avroOf } from './avro.ts';
export { catalogue, type Samples } from './catalogue.ts';
export { cellsOf, columnsOf, type Column, type ColumnType, type RecordParts } from './columns.ts';
export { incompatibilities, type Release } from './compatibility.ts';
export { fieldsOf, jsonSchemaOf, recordSchema, typeOf, type Field, type JsonSchema } from './json-schema.ts';
export { openApi, routedAs, type Route } from './openapi.ts';
export { pagePolicy, referencePage, type PageTopic } from './page.ts';
