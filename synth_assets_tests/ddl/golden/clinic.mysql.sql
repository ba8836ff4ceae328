/*!40101 SET NAMES utf8mb4 */;
CREATE DATABASE IF NOT EXISTS `clinic`;
USE `clinic`;
# hash comment; with a semicolon
DROP TABLE IF EXISTS `patient`;
CREATE TABLE `patient` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'it\'s; "me"' COMMENT 'how they are called',
  `active` tinyint(1) NOT NULL DEFAULT '1',
  `blood` enum('A','B','AB','0') DEFAULT NULL, -- group only
  `flags` set('x','y') DEFAULT NULL,
  `born` year DEFAULT NULL,
  `weight` decimal(5,2) unsigned DEFAULT NULL,
  `note` mediumtext,
  `photo` varbinary(2000),
  `ward_id` smallint /*!50503 NOT NULL */,
  `updated` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (`id`),
  UNIQUE KEY `uq_name` (`name`(50), `born`),
  KEY `ix_ward` (`ward_id`),
  CONSTRAINT `fk_ward` FOREIGN KEY (`ward_id`) REFERENCES `clinic`.`ward` (`id`) ON DELETE CASCADE,
  CONSTRAINT `heavy` CHECK (((`weight` > 0) and (`name` in (_utf8mb4'a',_utf8mb4'b')))) /*!80016 NOT ENFORCED */,
  CONSTRAINT `light` CHECK (`weight` < 500)
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COMMENT='people, treated';
CREATE TABLE ward (id SMALLINT NOT NULL, title TEXT, PRIMARY KEY (id), FULLTEXT KEY ft (title));
ALTER TABLE ward MODIFY id SMALLINT NOT NULL AUTO_INCREMENT, ADD COLUMN floor TINYINT UNSIGNED AFTER title, ADD UNIQUE INDEX u (floor);
ALTER TABLE ward CHANGE COLUMN title label VARCHAR(30) NOT NULL;
DELIMITER $$
CREATE TRIGGER t BEFORE INSERT ON ward FOR EACH ROW BEGIN
  SET NEW.label = 'a;b'; CREATE TABLE nope (id INT);
END$$
DELIMITER ;
LOCK TABLES ward WRITE;
INSERT INTO ward VALUES (1,'a;\'b'),(2,'CREATE TABLE z (a int)');
UNLOCK TABLES;
CREATE TABLE ward_copy LIKE ward;
