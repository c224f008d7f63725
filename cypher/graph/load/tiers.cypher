// title: What the catalogue says of permissions: tier and reason, both absent where it says nothing
UNWIND $rows AS row
MATCH (x:Permission {workspace: $workspace, id: row[0]})
  USING INDEX SEEK x:Permission(workspace, id)
SET x.tier = row[1], x.how = row[2]
