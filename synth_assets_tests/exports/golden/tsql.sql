SET XACT_ABORT ON;
SET NOCOUNT ON;
CREATE TABLE x (y INT)
GO

BEGIN TRANSACTION;
ALTER TABLE [Store] NOCHECK CONSTRAINT ALL;

SET IDENTITY_INSERT [Store] ON;
INSERT INTO [Store] ([Id], [manager], [name]) VALUES
(1, 2, N'it''s 0 \ 
'),
(2, NULL, N'it''s 1 \ 
');
SET IDENTITY_INSERT [Store] OFF;

SET IDENTITY_INSERT [staff] ON;
INSERT INTO [staff] ([id], [store], [boss]) VALUES
(1, 2, NULL),
(2, 1, 1);
SET IDENTITY_INSERT [staff] OFF;

-- every key of the cycle is validated here
ALTER TABLE [Store] WITH CHECK CHECK CONSTRAINT ALL;
COMMIT;
