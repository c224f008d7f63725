// title: <Noun> that are back. A transaction of its own: ArcadeDB moves a node when its labels change
// each: node with a history
UNWIND $ids AS id
MATCH (x:Former<Label> {workspace: $workspace, id: id})
  USING INDEX SEEK x:Former<Label>(workspace, id)
REMOVE x:Former<Label>, x.until, x.fingerprint SET x:<Label>
