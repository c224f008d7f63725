// title: A room that is gone but has edges of others on it stays for them, and is a Room no more
UNWIND $ids AS id
MATCH (x:Room {workspace: $workspace, id: id})
  USING INDEX SEEK x:Room(workspace, id)
REMOVE x:Room
