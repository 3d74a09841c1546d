import { optionalImageIds, optionalRecord, optionalText, text } from "../input.ts";
import { pageOf } from "../page.ts";
import { AwsRefusal } from "../refusal.ts";
import type { RegistryState } from "../state/registry.ts";
import type { RepositoryState } from "../state/repository.ts";
import { seconds } from "../state/seconds.ts";
import { type Answer, type Operation, placeOf, repositoryOf } from "./call.ts";
import { type Previewed, preview } from "./lifecycle-preview.ts";
import { readLifecycle } from "./lifecycle-rules.ts";

const put: Operation = (call) => {
  const repository = repositoryOf(call);
  const lifecyclePolicyText = text(call.input, "lifecyclePolicyText");
  readLifecycle(lifecyclePolicyText);
  repository.lifecycle = { text: lifecyclePolicyText, evaluatedAt: call.world.now() };
  return { ...placeOf(call, repository), lifecyclePolicyText };
};

const get: Operation = (call) => {
  const repository = repositoryOf(call);
  const { text: lifecyclePolicyText, evaluatedAt } = lifecycleOf(repository, call.registry);
  return { ...placeOf(call, repository), lifecyclePolicyText, lastEvaluatedAt: seconds(evaluatedAt) };
};

const remove: Operation = (call) => {
  const answer = get(call);
  repositoryOf(call).lifecycle = undefined;
  return answer;
};

function lifecycleOf({ lifecycle, name }: RepositoryState, { account }: RegistryState): NonNullable<RepositoryState["lifecycle"]> {
  if (lifecycle !== undefined) return lifecycle;
  const message = `Lifecycle policy does not exist for the repository with name '${name}' in the registry with id '${account}'`;
  throw new AwsRefusal("LifecyclePolicyNotFoundException", message);
}

const startPreview: Operation = (call) => {
  const repository = repositoryOf(call);
  if ((repository.preview?.looks ?? 0) > 0) throw new AwsRefusal("LifecyclePolicyPreviewInProgressException", "A preview is in progress");
  const policy = optionalText(call.input, "lifecyclePolicyText") ?? lifecycleOf(repository, call.registry).text;
  readLifecycle(policy);
  repository.preview = { text: policy, looks: call.world.controls.previewLooks };
  return { ...placeOf(call, repository), lifecyclePolicyText: policy, status: "IN_PROGRESS" };
};

const getPreview: Operation = (call) => {
  const repository = repositoryOf(call);
  const started = repository.preview;
  if (started === undefined) throw new AwsRefusal("LifecyclePolicyPreviewNotFoundException", "No preview was started");
  const answer = { ...placeOf(call, repository), lifecyclePolicyText: started.text };
  if (started.looks > 0) {
    started.looks -= 1;
    return { ...answer, status: "IN_PROGRESS" };
  }
  const found = preview(repository, readLifecycle(started.text), call.world.now());
  const [ids, status] = [optionalImageIds(call.input), optionalRecord(call.input, "filter")?.["tagStatus"] ?? "ANY"];
  const shown = found
    .filter(({ tags }) => status === "ANY" || tags.length > 0 === (status === "TAGGED"))
    .filter(
      ({ image, tags }) => ids === undefined || ids.some((id) => id.imageDigest === image.digest || tags.includes(id.imageTag ?? "")),
    );
  const { items, next } = pageOf(call.input, shown, { most: 100, usual: 100 });
  return { ...answer, status: "COMPLETE", previewResults: items.map(show), ...next, summary: summaryOf(found) };
};

function show({ image, tags, rule }: Previewed): Answer {
  const isTransition = rule.action.type === "transition";
  return {
    ...(tags.length === 0 ? {} : { imageTags: tags }),
    imageDigest: image.digest,
    imagePushedAt: seconds(image.pushedAt),
    action: isTransition ? { type: "TRANSITION", targetStorageClass: "ARCHIVE" } : { type: "EXPIRE" },
    appliedRulePriority: rule.rulePriority,
    storageClass: image.status === "ARCHIVED" ? "ARCHIVE" : "STANDARD",
  };
}

function summaryOf(found: readonly Previewed[]): Answer {
  const transitioning = found.filter(({ rule }) => rule.action.type === "transition").length;
  const counts = transitioning === 0 ? [] : [{ targetStorageClass: "ARCHIVE", imageTotalCount: transitioning }];
  return { expiringImageTotalCount: found.length - transitioning, transitioningImageTotalCounts: counts };
}

export const LIFECYCLE_OPERATIONS = {
  PutLifecyclePolicy: put,
  GetLifecyclePolicy: get,
  DeleteLifecyclePolicy: remove,
  StartLifecyclePolicyPreview: startPreview,
  GetLifecyclePolicyPreview: getPreview,
} as const;
