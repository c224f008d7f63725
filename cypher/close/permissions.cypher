// title: Permissions that are gone are deleted, unless others have attached something
UNWIND $ids AS id
MATCH (p:Permission {workspace: $workspace, id: id})
  USING INDEX SEEK p:Permission(workspace, id)
WHERE NOT EXISTS { (p)--() }
DELETE p
