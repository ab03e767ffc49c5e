<?php
// PHP's own web server has no rewriting: files are served as they are, everything else is WordPress's.
$root = $_SERVER['DOCUMENT_ROOT'];
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/' && is_file($root . $path)) {
    return false;
}
$folder = rtrim($root . $path, '/');
$script = $path !== '/' && is_file("$folder/index.php") ? "$folder/index.php" : "$root/index.php";
chdir(dirname($script));
require $script;
