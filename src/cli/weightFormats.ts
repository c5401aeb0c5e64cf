/** How weights are kept while a model writes: fewer bits are faster and smaller, and cost a little accuracy. */
export const weightFormats = ["float32", "int8", "int4"] as const;
