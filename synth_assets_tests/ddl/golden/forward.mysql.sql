CREATE SCHEMA IF NOT EXISTS `mydb` DEFAULT CHARACTER SET utf8 ;
USE `mydb` ;
CREATE TABLE IF NOT EXISTS `mydb`.`Address` (
  `idAddress` INT NOT NULL AUTO_INCREMENT,
  `zip code` CHAR(5) NULL,
  `wants` SET('post','mail','call') NOT NULL,
  PRIMARY KEY (`idAddress`),
  UNIQUE INDEX `zip_UNIQUE` (`zip code` ASC) VISIBLE)
ENGINE = InnoDB;
CREATE TABLE `team` (id INT PRIMARY KEY, parent_id INT REFERENCES `team`(id), email VARCHAR(20), UNIQUE KEY email (email));
CREATE TABLE `kid` (id INT PRIMARY KEY, email VARCHAR(20), UNIQUE KEY email (email));
RENAME TABLE `team` TO squad, kid TO child;
ALTER TABLE squad RENAME AS squads;
DROP INDEX email ON child;
CREATE TABLE member (squad_id INT, FOREIGN KEY (squad_id) REFERENCES squads (id));
