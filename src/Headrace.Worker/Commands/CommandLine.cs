using System.Globalization;
using System.Text.Json;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Commands;

/// <summary>The program, the arguments and the environment that are used to run a method. Pure.</summary>
internal static class CommandLine
{
    /// <summary>
    /// The environment variables that every program receives from the worker, because few programs work without them.
    /// </summary>
    public static readonly IReadOnlyList<string> AlwaysPassed = ["PATH", "HOME", "LANG", "LC_ALL", "TZ"];

    /// <summary>
    /// Returns the program: an absolute path, or a name without a slash that is looked up on the worker's PATH.
    /// </summary>
    public static string Program(MethodManifest manifest, Func<string, string> word)
    {
        var program = manifest.Arguments[0].Fill(NoParameter, word);
        return program.Contains('/', StringComparison.Ordinal) ? Path.GetFullPath(program, manifest.Folder) : program;
    }

    /// <summary>
    /// Returns the arguments after the program. Throws <see cref="JobRejectedException"/> if a placeholder has no
    /// value.
    /// </summary>
    public static IReadOnlyList<string> Arguments(
        MethodManifest manifest,
        ReadOnlyMemory<byte> parameters,
        Func<string, string> word
    )
    {
        using var document = JsonDocument.Parse(parameters.IsEmpty ? "{}"u8.ToArray() : parameters);
        var values = document.RootElement;
        return [.. manifest.Arguments.Skip(1).Select(argument => argument.Fill(Value, word))];

        string Value(string name)
        {
            if (values.ValueKind == JsonValueKind.Object && values.TryGetProperty(name, out var given))
                return Text(name, given);
            if (manifest.Defaults.TryGetValue(name, out var json))
                return Text(name, JsonElement.Parse(json));
            throw new JobRejectedException(
                $"The command line of {manifest.Name} uses the parameter '{name}', but the job does not set it. Submit "
                    + "the job with this parameter, or define a default for it in the method's params schema."
            );
        }
    }

    /// <summary>Returns the environment, as <c>NAME=VALUE</c>.</summary>
    /// <param name="manifest">The method.</param>
    /// <param name="variable">Returns the value of a worker environment variable; null if it is not set.</param>
    /// <param name="temporary">The folder for temporary files.</param>
    /// <param name="pythonFolder">The folder of the Python package; null if it is not installed.</param>
    /// <param name="own">The variables that Headrace itself sets.</param>
    public static IReadOnlyList<string> Environment(
        MethodManifest manifest,
        Func<string, string?> variable,
        string temporary,
        string? pythonFolder,
        IEnumerable<KeyValuePair<string, string>> own
    )
    {
        var variables = new Dictionary<string, string> { ["TMPDIR"] = temporary };
        foreach (var name in AlwaysPassed.Concat(manifest.PassedVariables))
            if (variable(name) is { } value)
                variables[name] = value;
        foreach (var (name, value) in manifest.SetVariables.Concat(own))
            variables[name] = value;
        // This folder precedes the folders that the manifest names, because the version of the package must match this
        // worker.
        if (pythonFolder is not null)
            variables[PythonPackage.Variable] = variables.TryGetValue(PythonPackage.Variable, out var folders)
                ? $"{pythonFolder}:{folders}"
                : pythonFolder;
        return [.. variables.Select(pair => $"{pair.Key}={pair.Value}")];
    }

    /// <summary>Returns the variables that describe the job to its program.</summary>
    public static IEnumerable<KeyValuePair<string, string>> JobVariables(JobContext job, ExecutionMark mark)
    {
        yield return new("HEADRACE_JOB", job.Id.ToString());
        yield return new("HEADRACE_ATTEMPT", job.Attempt.ToString(CultureInfo.InvariantCulture));
        yield return new("HEADRACE_METHOD", job.Method);
        yield return new(ExecutionMark.Variable, mark.ToString());
        // The variable that OpenTelemetry specifies for passing a trace context to a program.
        if (job.Traceparent is { } trace)
            yield return new("TRACEPARENT", trace);
    }

    /// <summary>Returns a string unchanged, and any other value as JSON.</summary>
    private static string Text(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            return value.GetRawText();
        var text = value.GetString()!;
        return text.Contains('\0', StringComparison.Ordinal)
            ? throw new JobRejectedException(
                $"The parameter '{name}' contains the character U+0000, which is not allowed in a program argument."
            )
            : text;
    }

    private static string NoParameter(string name) =>
        throw new JobRejectedException($"The program to run cannot depend on the parameter '{name}'.");
}
