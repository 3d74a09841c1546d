/**
 * Words of the documents of this store: what is packed begins as though it had just said them, so that a small document is a few hundred bytes. What
 * stands in tables was packed with it: it is never changed, another one gets another number. The commonest come last, where they are nearest.
 */
export const VOCABULARY = [
  '{"batch":{"number":1,"sequence":1,"holders":[{"chain":"gate","counted":{"from":[],"to":["images","held","indeterminate"',
  '"question":"thisUpdate":"nextUpdate":"payload":"attempt":0,"queuedAt":"state":"ready","running","later","group":"notBefore":',
  '"bundle","key","certificate","issuer":"https://token.actions.githubusercontent.com","identity":"https://github.com/","cosign","notation"',
  '"action":{"id":"retag:delete:release:hold:","verb":"hold","image":{"registry":"actor":{"name":"moorgate","reason":"violating: "},"cause":{"policy":"run":"},',
  '"generation":1,"plannedAt":"before":{"tags":[],"reasons":[],"manifests":[]}},"outcome":{"kind":"applied","at":"strength":"blocked","hidden","notes":[]},"begunAt":',
  '{"kind":"held","since":"actionId":"hold:"open":[]}"deadline":{"at":"deletion":{"at":"retagged":{"standing":[],"left":[]},"published":{"isBraked":true,"run":"policy-',
  '"message":"CVE-2026- (critical) in  (high), fixed in ; scanned  ago","remedy":"upgrade  to ","place":"policy.yaml:","severity":"critical","high","medium","low","unknown"',
  '{"key":"ruleId":"rule":"severity-threshold","signature-required","scan-freshness","level":"enforce","status":"violated","unknown",',
  '{"kind":"read","config":{"user":"root","env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","NODE_ENV=production"],"exposedPorts":["8080/tcp"],"labels":{"org.opencontainers.image.source":"https://github.com/","org.opencontainers.image.revision":"",',
  '"org.opencontainers.image.created":"","org.opencontainers.image.version":""},"entrypoint":["/bin/sh","-c"],"cmd":[],"volumes":[],"workingDir":"/app","hasHealthcheck":false,"createdAt":1795262400000,"history":["COPY . . # buildkit","RUN /bin/sh -c ","ENV ","CMD [","# debian.sh"],"layers":["sha256:","sha256:"]}',
  '{"shell":"{\\"subject\\":{\\"digest\\":\\"sha256:\\",\\"kind\\":\\"image\\",\\"tags\\":[\\"\\"],\\"firstSeenAt\\":0,\\"annotations\\":{},\\"pushedBy\\":\\"\\"},',
  '\\"gatheredAt\\":0,\\"findings\\":{\\"kind\\":\\"pending\\",\\"why\\":\\"absent\\"},\\"reported\\",\\"reports\\":[{\\"scanner\\":\\"inspector\\",\\"trivy\\",\\"ecr\\",\\"scannedAt\\":0,',
  '\\"databaseAt\\":\\"unknown\\",\\"origin\\":\\"registry\\",\\"attached\\",\\"digest\\":\\"sha256:\\",\\"findings\\":[]}]},\\"signatures\\":{\\"kind\\":\\"examined\\",\\"signatures\\":[]},',
  '\\"config\\":{\\"kind\\":\\"absent\\"},\\"known\\",\\"inventory\\":{\\"kind\\":\\"absent\\"},\\"attestations\\":{\\"kind\\":\\"examined\\",\\"statements\\":[]},',
  '\\"vex\\":{\\"kind\\":\\"examined\\",\\"statements\\":[]},\\"attached\\":[\\"sha256:\\"],\\"children\\":[],\\"missingChildren\\":[]}","names":[],"facts":{"lists":[[],[],[]]}}',
  '"pushedBy":"arn:aws:sts::assumed-role/","origin":"sweep","operator","presence":"gone","children":["sha256:"],"attached":["sha256:"],"platforms":["linux/amd64","linux/arm64"],',
  '"passedAt":"predatesGate":true,"signed":{"recheckAt":"hold":{"kind":"held","kind":"index","pending":{"id":"',
  '{"key":{"registry":".dkr.ecr.eu-central-1.us-east-1.amazonaws.com","repository":"","digest":"sha256:"},"record":{"key":{"registry":"","repository":"',
  '"},"version":1,"kind":"image","tags":["latest"],"children":[],"platforms":[],"firstSeenAt":1795262400000,"origin":"event","presence":"present",',
  '"verdict":{"kind":"violating","indeterminate","compliant","reasons":[],"policy":{"name":"baseline","version":""},"mode":"dry-run","enforce","judgedAt":1795262400000,"holdsUnknown":false},',
  '"evidence":{"findings":{"kind":"pending","absent","reported","counts":{},"scannedAt":1795262400000},"signatures":{"kind":"examined","verified":[],"found":0}},"hold":{"kind":"free"},"generation":0},',
  '"bornAt":1795262400000000,"changedAt":1795262400000000,"bore":{"":1795262400000000},"chain":{"index":1,"hash":"","signature":"","places":[[1,1,1]],"tail":[{"at":1795262400000000,',
  '"entry":{"chain":"","index":1,"previousHash":"0000000000000000000000000000000000000000000000000000000000000000","event":{"kind":"planned","acted","judged","id":"","image":{"registry":"',
  '"at":1795262400000,"correlationId":"","partOf":"verdict":{"kind":"compliant","reasons":[],"policy":{"name":"","version":""},"previous":"none","compliant","origin":"event","stops":"none","first":true},"hash":"',
  '"}}],"told":[""]},"counted":["images","compliant"],"countedIn":1,"known":{"at":1795262400000,"gatheredAt":1795262400000,"digest":"sha256:","tags":["","latest"],"verdict":{"kind":"compliant","reasons":[]}}}',
].join("");

/** With what an image has in the minutes before it is scanned, and who pushed it. */
export const SECOND_VOCABULARY = `${[
  '"appliedRules":["no-critical","recheckAt":1795262400000},"passedAt":1795262400000,"pushedBy":"arn:aws:iam::",',
  '"severity":"unknown","key":"no-critical|findings","message":"scan running: ECR says IN_PROGRESS","remedy":"wait for the scan to end",',
  '"why":"ECR says IN_PROGRESS","stops":"none","first":true,"names":[],"config":"","earlier":[{"at":1795262400000,',
].join("")}${VOCABULARY}`;

/** With an image as it is when its scan is over, in the order in which it is written: what is never broken off is one word. */
export const THIRD_VOCABULARY = `${SECOND_VOCABULARY}${[
  '{"key":{"registry":"","repository":"","digest":"sha256:"},"changedAt":1795262400000000,"listedAt":1795262400000000,"record":{"key":{"registry":"","repository":"","digest":"sha256:"},',
  '"version":2,"kind":"image","tags":[""],"children":[],"attached":[],"platforms":[],"firstSeenAt":1795262400000,"presence":"present",',
  '"verdict":{"kind":"compliant","reasons":[],"policy":{"name":"baseline","version":""},"mode":"enforce","judgedAt":1795262400000,"holdsUnknown":false,"appliedRules":["no-critical","fresh-scan"],"recheckAt":1795262400000},',
  '"passedAt":1795262400000,"evidence":{"findings":{"kind":"reported","counts":{},"scannedAt":1795262400000},"signatures":{"kind":"examined","verified":[],"found":0}},"origin":"event","hold":{"kind":"free"},"generation":0},',
  '"bornAt":1795262400000000,"chain":{"index":2,"hash":"","signature":"","tail":[{"at":1795262400000000,"entry":{"chain":"/@sha256:","index":1,"previousHash":"0000000000000000000000000000000000000000000000000000000000000000",',
  '"event":{"kind":"judged","id":"","image":{"registry":"","repository":"","digest":"sha256:"},"tags":[""],"at":1795262400000,"correlationId":"",',
  '"verdict":{"kind":"indeterminate","reasons":[{"status":"unknown","message":"scan running: ECR says IN_PROGRESS","remedy":"wait for the scan to end","severity":"unknown","key":"no-critical|findings","ruleId":"no-critical","rule":"severity-threshold","level":"enforce","place":"policy.yaml:6"},',
  '{"status":"unknown","message":"scan running: ECR says IN_PROGRESS","remedy":"wait for the scan to end","severity":"unknown","key":"fresh-scan|findings","ruleId":"fresh-scan","rule":"scan-freshness","level":"warn","place":"policy.yaml:7"}],',
  '"policy":{"name":"baseline","version":""},"mode":"enforce","judgedAt":1795262400000,"holdsUnknown":false,"appliedRules":["no-critical","fresh-scan"],"recheckAt":1795262400000},"previous":"none","origin":"event","stops":"none","first":true},"hash":""}},',
  '{"at":1795262400000000,"entry":{"chain":"/@sha256:","index":2,"previousHash":"","event":{"kind":"judged","id":"","image":{"registry":"","repository":"","digest":"sha256:"},"tags":[""],"at":1795262400000,"correlationId":"",',
  '"verdict":{"kind":"compliant","reasons":[],"policy":{"name":"baseline","version":""},"mode":"enforce","judgedAt":1795262400000,"holdsUnknown":false,"appliedRules":["no-critical","fresh-scan"],"recheckAt":1795262400000},"previous":"indeterminate","origin":"event","first":false},"hash":""}}],"told":["},',
  '"known":{"at":1795262400000,"gatheredAt":1795262400000,"digest":"sha256:","shell":{"shell":"{\\"subject\\":{\\"digest\\":\\"sha256:\\",\\"kind\\":\\"image\\",\\"tags\\":[\\"\\"],\\"firstSeenAt\\":1795262400000,\\"annotations\\":{}},',
  '\\"gatheredAt\\":0,\\"findings\\":{\\"kind\\":\\"reported\\",\\"reports\\":[{\\"scanner\\":\\"ecr\\",\\"scannedAt\\":1795262400000,\\"databaseAt\\":1795262400000,\\"findings\\":[],\\"origin\\":\\"registry\\",\\"digest\\":\\"sha256:\\"}]},',
  '\\"inventory\\":{\\"kind\\":\\"absent\\"},\\"vex\\":{\\"kind\\":\\"examined\\",\\"statements\\":[]},\\"attestations\\":{\\"kind\\":\\"examined\\",\\"statements\\":[]},\\"signatures\\":{\\"kind\\":\\"examined\\",\\"signatures\\":[]},\\"attached\\":[],\\"children\\":[],\\"missingChildren\\":[]}",',
  '"names":[],"config":"","facts":{"lists":[[],[],[]]}},"tags":[""],"verdict":{"kind":"compliant","reasons":[]}},',
  '"earlier":[{"at":1795262400000,"gatheredAt":1795262400000,"digest":"sha256:","shell":{"shell":"{\\"subject\\":{\\"digest\\":\\"sha256:\\",\\"kind\\":\\"image\\",\\"tags\\":[\\"\\"],\\"firstSeenAt\\":1795262400000,\\"annotations\\":{}},',
  '\\"gatheredAt\\":0,\\"findings\\":{\\"kind\\":\\"pending\\",\\"why\\":\\"ECR says IN_PROGRESS\\"},\\"inventory\\":{\\"kind\\":\\"absent\\"},\\"vex\\":{\\"kind\\":\\"examined\\",\\"statements\\":[]},',
  '\\"attestations\\":{\\"kind\\":\\"examined\\",\\"statements\\":[]},\\"signatures\\":{\\"kind\\":\\"examined\\",\\"signatures\\":[]},\\"attached\\":[],\\"children\\":[],\\"missingChildren\\":[]}",',
  '"names":[],"config":"","facts":{"lists":[[],[]]}},"tags":[""],"verdict":{"kind":"indeterminate","reasons":["no-critical|findings","fresh-scan|findings"]}}]}',
].join("")}`;
