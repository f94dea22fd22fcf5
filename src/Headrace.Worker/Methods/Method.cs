using System.Linq.Expressions;
using System.Text.Json;
using Headrace.Core;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Methods;

/// <summary>
/// Represents a callable method: it binds parameters from UTF-8 JSON and returns the result as bytes. Created once from
/// a delegate; thread-safe.
/// </summary>
internal class Method
{
    private static readonly JsonElement NoParams = JsonElement.Parse("{}"u8);

    private readonly Parameter[] _parameters;
    private readonly Func<object?[], object?> _call;
    private readonly ResultReader.Reader? _bind;

    /// <summary>
    /// True when an empty params object is valid; jobs without params then skip parsing and validation.
    /// </summary>
    private readonly bool _needsNoParams;

    public Method(MethodRef name, Delegate work)
        : this(name, work, null)
    {
        _bind = ResultReader.For(work.Method.ReturnType);
    }

    /// <summary>Creates a method whose delegate returns the input of a job instead of its result.</summary>
    protected Method(MethodRef name, Delegate work, Type? input)
    {
        Name = name;
        if (input is not null && !input.IsAssignableFrom(work.Method.ReturnType))
            throw new ArgumentException(
                $"The bind delegate returns {work.Method.ReturnType.Name}, but the handler expects the input type "
                    + $"{input.Name}. Use the same type for both."
            );
        var signature = work.Method.GetParameters();
        _parameters = [.. signature.Select(Parameter.Of)];
        if (_parameters.OfType<Parameter.Injected>().Count(p => p.IsBody) > 1)
            throw new ArgumentException("More than one parameter receives the body. Use only one of them.");
        Schema = new MethodSchema(_parameters.OfType<Parameter.FromParams>());
        CheckDefaults();
        _needsNoParams = Schema.Check(NoParams).Count == 0;
        _call = Compile(work);
    }

    /// <summary>Gets the name and version; the version is never 0.</summary>
    public MethodRef Name { get; }

    public MethodSchema Schema { get; }

    /// <summary>Gets how the method receives its jobs.</summary>
    public virtual Shape Shape => Shape.Single;

    /// <summary>Creates the runner for the jobs of this method in one worker.</summary>
    public virtual MethodRunner NewRunner(Inbox inbox, TimeProvider clock) => new SingleRunner(this, inbox, clock);

    /// <summary>
    /// Runs the method. Throws <see cref="JobRejectedException"/> with every validation error of the parameters, and
    /// any exception of the method itself.
    /// </summary>
    public ValueTask<MethodResult> CallAsync(JobAttempt attempt) =>
        (_bind ?? throw new InvalidOperationException($"{Name} ends its jobs explicitly and returns no result."))(
            Call(attempt)
        );

    /// <summary>Binds the parameters and calls the delegate.</summary>
    protected object? Call(JobAttempt attempt)
    {
        object?[] arguments;
        if (_needsNoParams && (attempt.Params.IsEmpty || attempt.Params.Span.SequenceEqual("{}"u8)))
        {
            arguments = Read(new MethodCall(attempt, NoParams));
        }
        else
        {
            using var document = Parse(attempt.Params);
            if (Schema.Check(document.RootElement) is { Count: > 0 } faults)
                throw Rejected(faults);
            arguments = Read(new MethodCall(attempt, document.RootElement));
        }
        return _call(arguments);
    }

    private object?[] Read(in MethodCall call)
    {
        var arguments = new object?[_parameters.Length];
        List<ParamsError>? faults = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            try
            {
                arguments[i] = _parameters[i].Read(call);
            }
            catch (UnreadableParameterException unreadable)
            {
                (faults ??= []).Add(unreadable.Error);
            }
        }
        return faults is null ? arguments : throw Rejected(faults);
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> parameters)
    {
        try
        {
            return JsonDocument.Parse(parameters.Length == 0 ? "{}"u8.ToArray() : parameters, MethodJson.Reading);
        }
        catch (JsonException malformed)
        {
            throw new JobRejectedException($"The params are not valid JSON: {malformed.Message}", malformed);
        }
    }

    private JobRejectedException Rejected(IReadOnlyList<ParamsError> faults) =>
        new($"The params do not match the schema of {Name}: {string.Join("; ", faults)}.");

    private void CheckDefaults()
    {
        foreach (var parameter in _parameters.OfType<Parameter.FromParams>())
            if (
                parameter.HasDefault
                && Schema.CheckParameter(parameter.Name, JsonSerializer.SerializeToElement(parameter.Schema["default"]))
                    is [var paramsError, ..]
            )
                throw new ArgumentException(
                    $"The default value of a parameter violates the parameter's own constraints: {paramsError}."
                );
    }

    /// <summary>
    /// Compiles the call of the delegate. <c>DynamicInvoke</c> would wrap every exception and look up the target in
    /// each call.
    /// </summary>
    private static Func<object?[], object?> Compile(Delegate work)
    {
        var arguments = Expression.Parameter(typeof(object?[]), "arguments");
        var types = work.GetType().GetMethod("Invoke")!.GetParameters();
        var call = Expression.Invoke(
            Expression.Constant(work),
            types.Select(
                (p, i) => Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(i)), p.ParameterType)
            )
        );
        Expression body =
            call.Type == typeof(void)
                ? Expression.Block(call, Expression.Constant(null))
                : Expression.Convert(call, typeof(object));
        return Expression.Lambda<Func<object?[], object?>>(body, arguments).Compile();
    }
}
