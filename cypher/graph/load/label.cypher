// title: <Noun> that are shown as <Extra> from now on
// each: label
UNWIND $ids AS id
MATCH (x:<Label> {workspace: $workspace, id: id})
  USING INDEX SEEK x:<Label>(workspace, id)
SET x:<Extra>
