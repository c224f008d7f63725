// title: Rooms that are gone are deleted, unless others have attached something
UNWIND $ids AS id
MATCH (x:Room {workspace: $workspace, id: id})
  USING INDEX SEEK x:Room(workspace, id)
WHERE NOT EXISTS { (x)--() }
DELETE x
