/**
 * The cases of the semantic conventions for databases that nobody knows: a query, its summary, and its text
 * without values, where that is another one.
 *
 * @see {@link https://github.com/open-telemetry/semantic-conventions/blob/main/docs/non-normative/database-test-cases/db-sql-test-cases.json}
 *
 * @module
 */
export const CASES: readonly (readonly [query: string, summary: string, text?: string])[] = [
  ["SELECT 12, -12, +12", "SELECT", "SELECT ?, ?, ?"],
  ["SELECT 12.34, -12.34, +12.34, .01, -.01", "SELECT", "SELECT ?, ?, ?, ?, ?"],
  ["SELECT 12.34e56, -12.34e56, +12.34e56", "SELECT", "SELECT ?, ?, ?"],
  ["SELECT 12.34e-56, -12.34e-56, +12.34e-56", "SELECT", "SELECT ?, ?, ?"],
  ["SELECT 99+100", "SELECT", "SELECT ??"],
  ["SELECT 0xDEADBEEF, 0XdeadBEEF", "SELECT", "SELECT ?, ?"],
  ["SELECT 'hello'", "SELECT", "SELECT ?"],
  ["SELECT 'My name''s not important'", "SELECT", "SELECT ?"],
  ["SELECT 'My name is \n not important'", "SELECT", "SELECT ?"],
  [
    "SELECT c3po, r2d2 FROM covid19 WHERE n1h1=1234",
    "SELECT covid19",
    "SELECT c3po, r2d2 FROM covid19 WHERE n1h1=?",
  ],
  ["SELECT a FROM dbo.Table JOIN dbo.AnotherTable", "SELECT dbo.Table dbo.AnotherTable"],
  [
    "INSERT INTO X VALUES(1, 23456, 123.456, 99+100)",
    "INSERT X",
    "INSERT INTO X VALUES(?, ?, ?, ??)",
  ],
  ["SELECT { guid '01234567-89ab-cdef-0123-456789abcdef' }", "SELECT", "SELECT { guid ? }"],
  [
    "SELECT * FROM table WHERE value IN (123, 456, 'abc')",
    "SELECT table",
    "SELECT * FROM table WHERE value IN (?)",
  ],
  [
    "SELECT column -- end of line comment\nFROM /* block \n comment */ table",
    "SELECT table",
    "SELECT column \nFROM  table",
  ],
  [
    "INSERT INTO shipping_details\n(order_id,\naddress)\nSELECT order_id,\naddress\nFROM   orders\nWHERE  order_id = 1",
    "INSERT shipping_details SELECT orders",
    "INSERT INTO shipping_details\n(order_id,\naddress)\nSELECT order_id,\naddress\nFROM   orders\nWHERE  order_id = ?",
  ],
  [
    "SELECT order_date\nFROM   (SELECT *\nFROM   orders o\nJOIN customers c\nON o.customer_id = c.customer_id)",
    "SELECT SELECT orders customers",
  ],
  [
    "SELEcT order_date\nFROM   (sELECT *\nFROM   orders o\nJOIN customers c\nON o.customer_id = c.customer_id)",
    "SELEcT sELECT orders customers",
  ],
  ["SELEcT order_date\nFROM ORders", "SELEcT ORders"],
  ["SELECT * FROM Orders o CROSS JOIN OrderDetails od", "SELECT Orders OrderDetails"],
  ["SELECT * FROM Orders o, OrderDetails od", "SELECT Orders OrderDetails"],
  [
    "CREATE  TABLE MyTable (\n    ID NOT NULL IDENTITY(1,1) PRIMARY KEY\n)",
    "CREATE TABLE MyTable",
    "CREATE  TABLE MyTable (\n    ID NOT NULL IDENTITY(?,?) PRIMARY KEY\n)",
  ],
  [
    "ALTER  TABLE MyTable ADD Name varchar(255)",
    "ALTER TABLE MyTable",
    "ALTER  TABLE MyTable ADD Name varchar(?)",
  ],
  ["DROP  TABLE MyTable", "DROP TABLE MyTable"],
  ["SELECT * FROM SelectedData", "SELECT SelectedData"],
  [`SELECT * FROM ${"Vecnzotjejucwitz".repeat(16)} o, OrderDetails od`, "SELECT"],
  [
    "CREATE UNIQUE CLUSTERED INDEX IX_Employee_Email ON Employees (Email);",
    "CREATE INDEX IX_Employee_Email",
  ],
  ["SELECT DISTINCT Country FROM Countries", "SELECT Countries"],
  [
    "SELECT DISTINCT o.Id FROM Orders o JOIN Customers c ON o.CustomerId = c.Id",
    "SELECT Orders Customers",
  ],
  [
    "CREATE TABLE IF NOT EXISTS Users (Id INT PRIMARY KEY, Name NVARCHAR(100));",
    "CREATE TABLE Users",
    "CREATE TABLE IF NOT EXISTS Users (Id INT PRIMARY KEY, Name NVARCHAR(?));",
  ],
  [
    "CREATE VIEW ActiveUsers AS SELECT * FROM Users WHERE IsActive = 1;",
    "CREATE VIEW ActiveUsers",
    "CREATE VIEW ActiveUsers AS SELECT * FROM Users WHERE IsActive = ?;",
  ],
  [
    "ALTER TABLE Orders ADD COLUMN OrderStatus NVARCHAR(50);",
    "ALTER TABLE Orders",
    "ALTER TABLE Orders ADD COLUMN OrderStatus NVARCHAR(?);",
  ],
  ["ALTER TABLE Orders RENAME COLUMN OldName TO NewName;", "ALTER TABLE Orders"],
  [
    "CREATE PROCEDURE GetUserById @UserId INT AS SELECT * FROM Users WHERE Id = @UserId;",
    "CREATE PROCEDURE GetUserById",
  ],
  [
    "CREATE TRIGGER trg_UpdateTimestamp ON Orders AFTER UPDATE AS BEGIN UPDATE Orders SET UpdatedAt = GETDATE() WHERE Id IN (SELECT Id FROM inserted); END;",
    "CREATE TRIGGER trg_UpdateTimestamp",
  ],
  [
    "CREATE INDEX IX_Orders_CustomerId ON Orders (CustomerId) INCLUDE (OrderDate, TotalAmount);",
    "CREATE INDEX IX_Orders_CustomerId",
  ],
  ["DROP TRIGGER IF EXISTS trg_AfterInsert;", "DROP TRIGGER trg_AfterInsert"],
  [
    "ALTER TRIGGER trg_AfterInsert ON Employees AFTER INSERT AS BEGIN INSERT INTO AuditLog (EmployeeId, Action) SELECT Id, 'INSERT' FROM inserted; END;",
    "ALTER TRIGGER trg_AfterInsert",
    "ALTER TRIGGER trg_AfterInsert ON Employees AFTER INSERT AS BEGIN INSERT INTO AuditLog (EmployeeId, Action) SELECT Id, ? FROM inserted; END;",
  ],
  ["DROP PROCEDURE IF EXISTS RemoveEmployee;", "DROP PROCEDURE RemoveEmployee"],
  [
    "SELECT o.Id, c.Name, SUM(oi.Quantity) FROM Orders o JOIN Customers c ON o.CustomerId = c.Id JOIN OrderItems oi ON o.Id = oi.OrderId GROUP BY o.Id, c.Name;",
    "SELECT Orders Customers OrderItems",
  ],
  [
    "SELECT DISTINCT Department, COUNT(*) OVER (PARTITION BY Department) AS DeptCount FROM Employees;",
    "SELECT Employees",
  ],
  [
    "SELECT Id, Name FROM Customers UNION SELECT Id, Name FROM Suppliers ORDER BY Name;",
    "SELECT Customers Suppliers",
  ],
  ["CREATE DATABASE TestDb;", "CREATE DATABASE TestDb"],
  ["ALTER DATABASE TestDb MODIFY NAME = NewTestDb;", "ALTER DATABASE TestDb"],
  ["DROP DATABASE IF EXISTS TestDb;", "DROP DATABASE TestDb"],
  ["ALTER SCHEMA Reporting TRANSFER dbo.OldTable;", "ALTER SCHEMA Reporting"],
  [
    "CREATE SEQUENCE SalesSeq START WITH 1 INCREMENT BY 1;",
    "CREATE SEQUENCE SalesSeq",
    "CREATE SEQUENCE SalesSeq START WITH ? INCREMENT BY ?;",
  ],
  [
    "CREATE FUNCTION dbo.GetTotal(@a INT, @b INT) RETURNS INT AS BEGIN RETURN @a + @b; END;",
    "CREATE FUNCTION dbo.GetTotal",
  ],
  [
    "CREATE USER johndoe WITH PASSWORD = 'password';",
    "CREATE USER johndoe",
    "CREATE USER johndoe WITH PASSWORD = ?;",
  ],
  ["DROP USER IF EXISTS johndoe;", "DROP USER johndoe"],
  ["ALTER ROLE app_admin ADD MEMBER johndoe;", "ALTER ROLE app_admin"],
  ["ALTER INDEX IX_Employee_Email ON Employees REBUILD;", "ALTER INDEX IX_Employee_Email"],
  ["EXEC sp_rename 'OldTable', 'NewTable';", "EXEC sp_rename", "EXEC sp_rename ?, ?;"],
  ["EXEC GetAllEmployees;", "EXEC GetAllEmployees"],
  [
    "EXEC GetEmployeeById @EmployeeId = 42;",
    "EXEC GetEmployeeById",
    "EXEC GetEmployeeById @EmployeeId = ?;",
  ],
  ["SELECT ((123)) AS C;", "SELECT", "SELECT ((?)) AS C;"],
  // The conventions expect "UPDATE" alone here, against their own rule that the table is told.
  ["UPDATE T SET A = (999);", "UPDATE T", "UPDATE T SET A = (?);"],
  [
    "SELECT * FROM T WHERE Amount BETWEEN (10) AND (20);",
    "SELECT T",
    "SELECT * FROM T WHERE Amount BETWEEN (?) AND (?);",
  ],
  [
    "SELECT * FROM T WHERE Id = COALESCE((123), 0);",
    "SELECT T",
    "SELECT * FROM T WHERE Id = COALESCE((?), ?);",
  ],
  ["SELECT CAST((123) AS INT);", "SELECT", "SELECT CAST((?) AS INT);"],
  [
    "CREATE TABLE Table (Name VARCHAR(255), Code CHAR(10));",
    "CREATE TABLE Table",
    "CREATE TABLE Table (Name VARCHAR(?), Code CHAR(?));",
  ],
  ["SELECT TOP (10) * FROM Employees", "SELECT Employees", "SELECT TOP (?) * FROM Employees"],
  ["SELECT TOP 10 * FROM Employees", "SELECT Employees", "SELECT TOP ? * FROM Employees"],
  [
    "SELECT * FROM table WHERE value IN (-123, .456, 'abc', 0.12, 1e10)",
    "SELECT table",
    "SELECT * FROM table WHERE value IN (?)",
  ],
  [
    "SELECT * FROM table WHERE value IN (0xAB, .456, 'abc', 0.12, 1e10)",
    "SELECT table",
    "SELECT * FROM table WHERE value IN (?)",
  ],
  [
    "SELECT * FROM table WHERE value IN ('abc', 0xAB, .456,",
    "SELECT table",
    "SELECT * FROM table WHERE value IN (?, ?, ?,",
  ],
  [
    "ALTER  TABLE MyTable ADD Name varchar(255) 'mypassword' 1234",
    "ALTER TABLE MyTable",
    "ALTER  TABLE MyTable ADD Name varchar(?) ? ?",
  ],
  [
    "ALTER  TABLE MyTable 'mypassword' ADD 123 Name varchar(255)",
    "ALTER TABLE MyTable",
    "ALTER  TABLE MyTable ? ADD ? Name varchar(?)",
  ],
];
