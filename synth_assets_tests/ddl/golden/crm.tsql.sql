USE [crm]
GO
SET ANSI_NULLS ON
GO
/****** Object:  Table [dbo].[Account] ******/
CREATE TYPE [dbo].[Title] FROM [nvarchar](50) NOT NULL
GO
CREATE TABLE [dbo].[Account](
	[Id] [int] IDENTITY(1,1) NOT FOR REPLICATION NOT NULL,
	[Name] [nvarchar](100) NOT NULL,
	[Title] [dbo].[Title],
	[Body] nvarchar(max) NULL,
	[Active] [bit] NOT NULL CONSTRAINT [DF_active] DEFAULT ((1)),
	[Guid] uniqueidentifier ROWGUIDCOL NOT NULL DEFAULT (newid()),
	[Since] datetime2(7) NOT NULL DEFAULT (getdate()),
	[Total] AS ([Id] * 2) PERSISTED,
	[Code] char(5) NOT NULL CHECK ([Code] LIKE '[A-Z][0-9]%'),
 CONSTRAINT [PK_Account] PRIMARY KEY CLUSTERED ([Id] ASC) WITH (PAD_INDEX = OFF) ON [PRIMARY],
) ON [PRIMARY] TEXTIMAGE_ON [PRIMARY]
GO
IF NOT EXISTS (SELECT * FROM sys.objects) CREATE TABLE [sales].[Order] ([AccountId] int NOT NULL, [No] tinyint NOT NULL, Amount money NOT NULL,
  PRIMARY KEY NONCLUSTERED ([AccountId], [No]))
CREATE TABLE dbo.[Odd Name] (id int PRIMARY KEY, [größe] decimal(9, 3) NULL)
GO
ALTER TABLE [sales].[Order] WITH CHECK ADD CONSTRAINT [FK_o] FOREIGN KEY([AccountId]) REFERENCES [dbo].[Account] ([Id])
GO
ALTER TABLE [sales].[Order] CHECK CONSTRAINT [FK_o]
GO
ALTER TABLE [dbo].[Odd Name] ADD CONSTRAINT DF_x DEFAULT ((0)) FOR [größe], CONSTRAINT CK_x CHECK ([größe] >= (0))
GO
CREATE UNIQUE NONCLUSTERED INDEX [ux] ON [dbo].[Account]([Name] ASC) INCLUDE ([Code]) WHERE ([Name] IS NOT NULL) WITH (FILLFACTOR = 80) ON [PRIMARY]
GO
CREATE PROCEDURE dbo.p AS
BEGIN
  CREATE TABLE #tmp (a int); CREATE TABLE nope (a int);
END
GO
