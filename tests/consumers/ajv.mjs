// Reads [{schema, file}] from stdin; prints {"schema file": [messages]} as ajv in strict mode finds them.
// The packages are found from the directory in argv[2], which lies outside the repository.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.argv[2] + "/");
const Ajv2020 = require("ajv/dist/2020").default;
const yaml = require("yaml");

const validators = new Map();
function validatorOf(schema) {
  if (!validators.has(schema)) {
    const ajv = new Ajv2020({ strict: true, allErrors: true });
    validators.set(schema, ajv.compile(JSON.parse(readFileSync(schema, "utf8"))));
  }
  return validators.get(schema);
}

const answers = {};
for (const { schema, file } of JSON.parse(readFileSync(0, "utf8"))) {
  const text = readFileSync(file, "utf8");
  const document = file.endsWith(".json") ? JSON.parse(text) : yaml.parse(text);
  const validate = validatorOf(schema);
  validate(document);
  answers[`${schema} ${file}`] = (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}
process.stdout.write(JSON.stringify(answers));
