namespace Headrace.Apps.Benchop.Collocation;

/// <summary>Defines how a family of methods discretises a line. The families differ only in this respect.</summary>
internal interface ILineDiscretisation
{
    /// <summary>The order of accuracy in the node spacing for a payoff with a kink: 2 or 4.</summary>
    int Order { get; }

    /// <summary>The number of time steps needed to keep the temporal error below the spatial error.</summary>
    int Steps(int intervals);

    /// <summary>
    /// Chooses the nodes. A method that adapts its nodes may solve the task on trial nodes first. Returns null if the
    /// matrices of the discretisation are singular.
    /// </summary>
    ILineSpace? Build(LineTask task, int intervals);
}
