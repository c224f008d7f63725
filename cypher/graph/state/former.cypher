// title: Which of these ids are a Former<Label>
// each: node with a history
UNWIND $ids AS id
MATCH (x:Former<Label> {workspace: $workspace, id: id})
  USING INDEX SEEK x:Former<Label>(workspace, id)
RETURN collect(x.id) AS page
