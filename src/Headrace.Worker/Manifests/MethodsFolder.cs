using Headrace.Core;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Manifests;

/// <summary>
/// The folder of the installed methods: manifests, and folders that contain a manifest and the files that belong to it.
/// A worker takes installed methods only from this folder; a request never names a
/// program (docs/decisions/0026-methods-from-manifests.md).
/// </summary>
internal sealed class MethodsFolder(string path, Func<string, string?> schemaFault)
{
    // Names that begin with a period are ignored: they are folders that are being installed or removed.
    private const string Hidden = ".";

    public string Path { get; } = path;

    /// <summary>
    /// Returns the installed manifests in the order of their paths, including those that contain errors. If two
    /// manifests describe the same version of a method, this is an error in the second one. Whether their programs
    /// still exist is not checked: a method whose program has disappeared is unavailable, but known.
    /// </summary>
    public IReadOnlyList<InstalledMethod> List()
    {
        var methods = new List<InstalledMethod>();
        var seen = new Dictionary<MethodRef, string>();
        foreach (var file in Files())
        {
            var method = Read(file, checkProgram: false);
            if (method.Manifest is { } manifest && !seen.TryAdd(manifest.Name, file))
                method = method with
                {
                    Manifest = null,
                    Faults =
                    [
                        new ManifestFault(1, 1, $"{manifest.Name} is already described by {seen[manifest.Name]}."),
                    ],
                };
            methods.Add(method);
        }
        return methods;
    }

    /// <summary>Reads a manifest and checks the files that it refers to.</summary>
    public InstalledMethod Read(string file) => Read(file, checkProgram: true);

    private InstalledMethod Read(string file, bool checkProgram)
    {
        try
        {
            var stamp = StampOf(file);
            using var opened =
                RegularFile.TryOpen(file, "It", followLink: true)
                ?? throw new FileNotFoundException("It does not exist.");
            // One byte more than allowed, so that the reader refuses a file that is too large.
            var bytes = opened.Read(ManifestReader.MaxBytes + 1);
            var reading = ManifestReader.Read(file, bytes, schemaFault);
            var faults = checkProgram && reading.Manifest is { } manifest
                ? [.. reading.Faults, .. ProgramCheck.FaultsOf(manifest, bytes)]
                : reading.Faults;
            return new InstalledMethod(file, stamp, faults.Count == 0 ? reading.Manifest : null, faults);
        }
        catch (Exception unreadable)
            when (unreadable is HeadraceException or IOException or UnauthorizedAccessException)
        {
            return new InstalledMethod(file, "", null, [new ManifestFault(1, 1, unreadable.Message)]);
        }
    }

    /// <summary>
    /// Installs a manifest, or a folder with a manifest and the files that belong to it. Replaces any installed file or
    /// folder with the same name. Workers see either the whole change or none of it.
    /// </summary>
    /// <exception cref="HeadraceException">
    /// The source is not valid, or the folder cannot be used. The message lists the errors.
    /// </exception>
    public IReadOnlyList<InstalledMethod> Install(string source)
    {
        var fromFolder = Directory.Exists(source);
        var methods = Check(source);
        foreach (var method in methods)
            if (!fromFolder && method.Manifest!.UsesItsFolder)
                throw new HeadraceException(
                    $"{source} refers to files beside it, which would not be copied. Install the folder that contains "
                        + $"them: headrace methods install {System.IO.Path.GetDirectoryName(method.File)}"
                );
        Directory.CreateDirectory(Path);
        RejectIfWritableByOthers();
        var name = System.IO.Path.GetFileName(System.IO.Path.GetFullPath(source).TrimEnd('/'));
        var target = System.IO.Path.Combine(Path, name);
        var temporary = System.IO.Path.Combine(Path, $"{Hidden}new-{Environment.ProcessId}-{name}");
        var old = System.IO.Path.Combine(Path, $"{Hidden}old-{Environment.ProcessId}-{name}");
        if (!fromFolder)
        {
            File.Copy(source, temporary, overwrite: true);
            File.Move(temporary, target, overwrite: true);
        }
        else
        {
            CopyFolder(source, temporary);
            if (Directory.Exists(target))
                Directory.Move(target, old);
            Directory.Move(temporary, target);
            if (Directory.Exists(old))
                Directory.Delete(old, recursive: true);
        }
        return fromFolder ? [.. FilesIn(target).Select(Read)] : [Read(target)];
    }

    /// <summary>
    /// Checks a manifest, or the manifests of a folder. Throws <see cref="ManifestFaultsException"/> with every error.
    /// </summary>
    public IReadOnlyList<InstalledMethod> Check(string source)
    {
        string[] files =
            Directory.Exists(source) ? [.. FilesIn(source)]
            : File.Exists(source) ? [source]
            : throw new HeadraceException($"{source} does not exist.");
        if (files.Length == 0)
            throw new HeadraceException($"The folder {source} contains no manifest (NAME{MethodManifest.Extension}).");
        var methods = files.Select(Read).ToList();
        var faults = methods.SelectMany(method => method.Faults.Select(fault => $"{method.File}:{fault}")).ToList();
        return faults.Count == 0 ? methods : throw new ManifestFaultsException(faults);
    }

    /// <summary>
    /// Removes a method by its name, with or without a version, and the folder that contains it. Returns the files that
    /// described it; empty if it is not installed.
    /// </summary>
    public IReadOnlyList<string> Remove(MethodRef name)
    {
        var removed = List().Where(method => method.Names(name)).Select(method => method.File).ToList();
        foreach (var file in removed)
        {
            var folder = System.IO.Path.GetDirectoryName(file)!;
            if (folder == System.IO.Path.GetFullPath(Path).TrimEnd('/') || FilesIn(folder).Except(removed).Any())
                File.Delete(file);
            else if (Directory.Exists(folder))
            {
                var old = System.IO.Path.Combine(
                    Path,
                    $"{Hidden}old-{Environment.ProcessId}-{System.IO.Path.GetFileName(folder)}"
                );
                Directory.Move(folder, old);
                Directory.Delete(old, recursive: true);
            }
        }
        return removed;
    }

    /// <summary>Returns text that changes when a manifest is installed, changed or removed.</summary>
    public string Stamp() => string.Join('\n', Files().Select(file => $"{file} {StampOf(file)}"));

    private IEnumerable<string> Files()
    {
        if (!Directory.Exists(Path) || (UnixMode.Of(Path) & UnixMode.WritableByOthers) != 0)
            return [];
        var full = System.IO.Path.GetFullPath(Path).TrimEnd('/');
        return FilesIn(full)
            .Concat(
                Directory
                    .EnumerateDirectories(full)
                    .Where(folder => !System.IO.Path.GetFileName(folder).StartsWith(Hidden, StringComparison.Ordinal))
                    .SelectMany(FilesIn)
            )
            .Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> FilesIn(string folder) =>
        Directory
            .EnumerateFiles(folder, $"*{MethodManifest.Extension}")
            .Where(file => !System.IO.Path.GetFileName(file).StartsWith(Hidden, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    /// <summary>
    /// Returns text that changes when a file is changed or replaced, even by an identical file. An installation
    /// replaces the manifest even if only the program next to it has changed.
    /// </summary>
    private static string StampOf(string file)
    {
        var info = new FileInfo(file);
        return string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{info.LastWriteTimeUtc.Ticks}-{info.CreationTimeUtc.Ticks}-{(info.Exists ? info.Length : 0)}"
        );
    }

    private void RejectIfWritableByOthers()
    {
        if ((UnixMode.Of(Path) & UnixMode.WritableByOthers) != 0)
            throw new HeadraceException(
                $"Other users may write to {Path}, and could so run programs as this user. Run: chmod go-w {Path}"
            );
    }

    /// <summary>
    /// Copies a folder with its files, links and permissions, except that other users cannot write to it.
    /// </summary>
    public static void CopyFolder(string source, string target)
    {
        if (Directory.Exists(target))
            Directory.Delete(target, recursive: true);
        UnixMode.CreateFolder(target, UnixMode.Of(source) & ~UnixMode.WritableByOthers);
        foreach (var file in new DirectoryInfo(source).EnumerateFiles())
            if (file.LinkTarget is { } link)
                File.CreateSymbolicLink(System.IO.Path.Combine(target, file.Name), link);
            else
            {
                // To copy a named pipe would wait for its writer.
                RegularFile.TryOpen(file.FullName, file.FullName)?.Dispose();
                file.CopyTo(System.IO.Path.Combine(target, file.Name));
            }
        foreach (var folder in new DirectoryInfo(source).EnumerateDirectories())
            if (folder.LinkTarget is { } link)
                Directory.CreateSymbolicLink(System.IO.Path.Combine(target, folder.Name), link);
            else
                CopyFolder(folder.FullName, System.IO.Path.Combine(target, folder.Name));
    }
}
