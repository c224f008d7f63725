// title: <Noun> that are not shown as <Extra> any more
// each: label
UNWIND $ids AS id
MATCH (x:<Label> {workspace: $workspace, id: id})
  USING INDEX SEEK x:<Label>(workspace, id)
REMOVE x:<Extra>
