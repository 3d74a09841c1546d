// osls asks for this file while it reads serverless.yml; everything is in the module beside it.
module.exports = async ({ options, resolveVariable }) => {
  const { refuseUnknown, writeArtifacts } = await import("./artifacts.ts");
  refuseUnknown(options.param ?? []);
  return writeArtifacts(await resolveVariable("param:settings, 'infra/aws/example'"));
};
