// title: Is there any <Label>
// each: node that is or was loaded
// The condition on id has Neo4j use the index, and so look at this workspace alone.
MATCH (x:<Label> {workspace: $workspace})
  USING INDEX SEEK x:<Label>(workspace, id)
WHERE x.id >= ''
RETURN true AS there LIMIT 1
