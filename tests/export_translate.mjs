// usage: node export_translate.mjs NODE_MODULES SYSTEM_MODELINFO.xml LIBRARY.cql ELM.json
// Translates CQL with the JavaScript build of the reference translator and writes the ELM.
// Prints {"errors": [...], "warnings": [...]}.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, system, source, target] = process.argv.slice(2);
const translator = path.resolve(modules, '@cqframework/cql/cql-to-elm.mjs');
const cql = await import(pathToFileURL(translator));
const fhir = path.join(modules, 'cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.1.xml');
const models = new cql.ModelManager();
models.modelInfoLoader.registerModelInfoProvider(
  cql.createModelInfoProvider((name) => {
    if (name === 'System') return cql.stringAsSource(fs.readFileSync(system, 'utf8'));
    return name === 'FHIR' ? cql.stringAsSource(fs.readFileSync(fhir, 'utf8')) : null;
  }),
  true,
);
const libraries = new cql.LibraryManager(models);
const made = cql.CqlTranslator.fromText(fs.readFileSync(source, 'utf8'), libraries);
const elm = JSON.parse(made.toJson());
const remarks = (elm.library.annotation ?? []).filter((one) => one.errorSeverity);
const told = (one) => `${one.startLine}:${one.startChar} ${one.message}`;
fs.writeFileSync(target, JSON.stringify(elm));
console.log(
  JSON.stringify({
    errors: remarks.filter((one) => one.errorSeverity === 'error').map(told),
    warnings: remarks.filter((one) => one.errorSeverity !== 'error').map(told),
  }),
);
