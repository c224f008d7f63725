// title: A permission that is gone but has edges of others on it stays for them, and is a Permission no more
UNWIND $ids AS id
MATCH (p:Permission {workspace: $workspace, id: id})
  USING INDEX SEEK p:Permission(workspace, id)
REMOVE p:Permission
