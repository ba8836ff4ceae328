EXEC sp_addtype pub_code, 'varchar(11)', 'NOT NULL'
GO
IF EXISTS (SELECT * FROM sys.objects WHERE name = 'FK_Lines')
ALTER TABLE [dbo].[Lines] DROP CONSTRAINT [FK_Lines]
GO
IF NOT EXISTS (SELECT * FROM sys.objects WHERE name = 'Books')
BEGIN
CREATE TABLE [dbo].[Books] ([Id] int IDENTITY(1,1) NOT NULL PRIMARY KEY, [Code] pub_code, [Rating] tinyint NULL, [Stamp] [timestamp] NOT NULL)
ALTER TABLE [dbo].[Books] ADD [Rating] tinyint NULL
END
GO
CREATE TABLE [dbo].[Lines] ([Id] int NOT NULL, [BookId] int NOT NULL, [Version] rowversion,
  CONSTRAINT [PK_Lines] PRIMARY KEY NONCLUSTERED HASH ([Id]) WITH (BUCKET_COUNT = 1024),
  CONSTRAINT [FK_Lines] FOREIGN KEY ([BookId]) REFERENCES [dbo].[Books] ([Id]))
GO
EXEC sp_rename 'dbo.Books.Rating', 'Score', 'COLUMN';
EXEC sys.sp_rename @objname = N'[dbo].[Books]', @newname = N'Titles';
GO
EXEC sys.sp_addextendedproperty @name=N'MS_Description', @value=N'Stars given by readers', @level0type=N'SCHEMA', @level0name=N'dbo', @level1type=N'TABLE', @level1name=N'Titles', @level2type=N'COLUMN', @level2name=N'Score'
GO
EXEC sp_addextendedproperty N'MS_Description', N'What the shop sells', N'SCHEMA', N'dbo', N'TABLE', N'Titles', NULL, NULL
GO
ALTER TABLE dbo.Missing ADD x int
GO
