"""Words the rules know: abbreviations written out, words that names glue together, irregular plurals."""

from collections.abc import Mapping


def _pairs(text: str) -> Mapping[str, str]:
    """Read `short: written out; short: written out;`."""
    entries = (entry.split(":") for entry in text.split(";") if entry.strip())
    return {short.strip(): long.strip() for short, long in entries}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ABBREVIATIONS = _pairs("""
    acct: account; acctbal: account balance; activo: active; actualizado: updated; abbr: abbreviation; addr: address; amt: amount;
    apellido: last name;
    apellidos: last name; attr: attribute; auth: authorization; avail: available; avg: average; bal: balance; birthdate: birth date;
    birthday: birth date; bldg: building; canceled: cancelled; cantidad: quantity; cat: category; cd: code; cellphone: mobile phone;
    chg: charge; ciudad: city; cnt: count; co: company; codigo: code; comm: comment; correo: email; creado: created; ctry: country;
    curr: currency; cust: customer; del: delete; dept: department; desc: description; descr: description; descripcion: description;
    direccion: address; dob: birth date; dod: death date; dt: date; emp: employee; estado: status; exp: expiry; ext: extension;
    fecha: date; firstname: first name; fk: id; fname: first name; forename: first name; freq: frequency; fullname: full name;
    gen: gender; img: image; inserted: created; inv: invoice; isbn10: isbn; isbn13: isbn; lang: language; lastname: last name;
    lat: latitude; len: length; lname: last name; lng: longitude; loc: location; lon: longitude; long: longitude; mail: email;
    max: maximum; mfgr: manufacturer; mgr: manager; min: minimum; mname: middle name; mob: mobile; mod: modified; msg: message;
    nbr: number; no: number; nombre: name; num: number; org: organization; orig: original; pais: country; passwd: password;
    pct: percent; perc: percent; ph: phone; pic: picture; pos: position; postcode: postal code; precio: price; pref: preference;
    prod: product; pwd: password; qnty: quantity; qty: quantity; rcvd: received; ref: reference; reg: registration; sal: salary;
    sec: second; seq: sequence; sex: gender; surname: last name; sz: size; tel: phone; telefono: phone; telephone: phone;
    temp: temperature; tot: total; ts: timestamp; txn: transaction; txt: text; uname: username; upd: updated; usr: user; val: value;
    whse: warehouse; wt: weight; yr: year; zipcode: zip;
""")
"""How a word of a name is written out. Spanish entries are those met again and again in the wild."""

GLUED_WORDS = _words(
    """
    account active address age amount area average balance billing birth body book brand budget cancelled category city code color
    comment company completed contact content cost count country county created currency customer date day deleted delivered
    delivery department description discount due duration email employee end expiry fax file first flag full gender given height
    hire home hours id image invoice item job language last latitude length line list login longitude manager message middle
    mobile modified month name nationality note number order owner paid parent password path payment percent phone photo position
    postal price product project published quantity rate rating region release required return review role salary score second sex
    shipped shipping size start state status stock street summary tax text time title token total type unit updated url user
    username value version weight work year zip
    """
)
"""Words that are looked for in names without separators, such as `orderdate`."""

SINGULARS = _pairs("""
    addresses: address; analyses: analysis; bases: base; branches: branch; cases: case; children: child; cookies: cookie; leaves: leave;
    men: man; movies: movie; news: news; people: person; series: series; species: species; staff: staff; statuses: status; women: woman;
""")
"""Plurals that the usual endings get wrong."""
