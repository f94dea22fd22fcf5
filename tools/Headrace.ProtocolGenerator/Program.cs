using Headrace.ProtocolGenerator;

// Writes the codec of headrace.proto into src/Headrace.Protocol/Exchange, and removes the files of messages that are no
// longer part of the contract.
var root = new DirectoryInfo(Environment.CurrentDirectory);
while (!File.Exists(Path.Combine(root.FullName, "Headrace.slnx")))
    root = root.Parent ?? throw new DirectoryNotFoundException("Run this inside the Headrace repository.");
var folder = Path.Combine(root.FullName, ProtocolCode.Folder);
var files = ProtocolCode.Generate();
foreach (var (name, text) in files)
    File.WriteAllText(Path.Combine(folder, name), text);
foreach (var path in Directory.GetFiles(folder, "*.g.cs").Where(path => !files.ContainsKey(Path.GetFileName(path))))
    File.Delete(path);
Console.WriteLine($"{files.Count} files in {ProtocolCode.Folder}");
