// title: Permissions: id, setting
UNWIND $rows AS row
MERGE (x:Permission {workspace: $workspace, id: row[0]})
SET x.settingId = row[1]
