// title: <Noun> that are gone become Former<Label>, with whatever others have attached to them
// each: node with a history
// REMOVE before SET, in one statement and a transaction of its own: the form that both engines take.
UNWIND $ids AS id
MATCH (x:<Label> {workspace: $workspace, id: id})
  USING INDEX SEEK x:<Label>(workspace, id)
REMOVE x:<Labels>, x.fingerprint SET x:Former<Label>, x.until = $now
