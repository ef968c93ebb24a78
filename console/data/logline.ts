/**
 * Lines of the log as rows: the same rows as the service makes of them.
 *
 * @module
 */
export { OWN_FIELDS, rowOfLine } from "../../src/console/line/row.ts";
