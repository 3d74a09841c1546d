// osls asks for this file while it reads serverless.yml; everything is in the module beside it.
module.exports = async ({ resolveVariable }) => {
  const { writeArtifacts } = await import("./artifacts.ts");
  return writeArtifacts(await resolveVariable("param:settings, 'infra/aws/example'"));
};
